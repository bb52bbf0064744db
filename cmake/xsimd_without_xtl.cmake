# Debian 12's xsimd package lets its target link a library `xtl`, which it neither needs nor brings: the linker would
# look for libxtl.
if(TARGET xsimd AND NOT TARGET xtl)
    get_target_property(_tinyres_xsimd_links xsimd INTERFACE_LINK_LIBRARIES)
    if("xtl" IN_LIST _tinyres_xsimd_links)
        list(REMOVE_ITEM _tinyres_xsimd_links xtl)
        set_target_properties(xsimd PROPERTIES INTERFACE_LINK_LIBRARIES "${_tinyres_xsimd_links}")
    endif()
    unset(_tinyres_xsimd_links)
endif()
